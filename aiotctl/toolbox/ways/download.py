"""The official archive, believed only when its SHA-256 is the pinned one."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import ssl
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.pins import Download, Pin
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.store import Draft
from aiotctl.toolbox.tool import Origin, Tell, ToolError
from aiotctl.toolbox.ways import FORBIDDEN, Closed, Open, Way

_ATTEMPTS = 3
_SILENCE_S = 30
_CHUNK = 1 << 18


def way(pin: Pin, settings: Settings) -> Way | None:
    """Downloading, where a checksum is pinned for this architecture."""
    source = pin.download
    if not source:
        return None
    how = source.address(pin.version, settings.arch)
    if not source.pinned(settings.arch):
        return Closed(Origin.DOWNLOAD, how, f"no checksum is pinned for the {settings.arch} archive")
    if settings.offline:
        return Closed(Origin.DOWNLOAD, how, FORBIDDEN)
    return Open(Origin.DOWNLOAD, how, lambda draft, tell: _obtain(pin, source, settings, draft, tell))


def _obtain(pin: Pin, source: Download, settings: Settings, draft: Draft, tell: Tell) -> None:
    url = source.address(pin.version, settings.arch)
    archive, opener = draft.folder / "archive", _opener(settings)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            found = _fetch(pin.name, url, archive, opener, tell)
            break
        except (OSError, http.client.HTTPException) as error:
            if attempt == _ATTEMPTS or _is_final(error):
                raise _unreachable(pin, url, error) from error
            time.sleep(attempt)
    else:
        raise AssertionError("the last attempt returns or raises")
    if found != source.pinned(settings.arch):
        raise ToolError(
            "tool-checksum",
            "A downloaded program is not the one that is pinned",
            f"{url} has the SHA-256 {found}, but {source.pinned(settings.arch)} is pinned for {pin.name} "
            f"{pin.version}: it was changed on the way or at its source, and is thrown away.",
            "Look whether a proxy rewrites downloads; else report it. One on the PATH serves as well.",
        )
    _extract(pin, source.member.format(version=pin.version, arch=settings.arch), archive, draft.program)
    archive.unlink()


def _fetch(tool: str, url: str, target: Path, opener: urllib.request.OpenerDirector, tell: Tell) -> str:
    """Downloads to `target`, returns the SHA-256; an answer that ends too early is an error."""
    checksum = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "aiotctl"})
    with opener.open(request, timeout=_SILENCE_S) as answer, target.open("wb") as file:
        total, done = int(answer.headers.get("Content-Length") or 0), 0
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            checksum.update(chunk)
            done += len(chunk)
            tell(ToolProgress(tool, "download", done, total))
    if total and done != total:
        raise http.client.IncompleteRead(b"", total - done)
    return checksum.hexdigest()


def _opener(settings: Settings) -> urllib.request.OpenerDirector:
    """Proxies come from the environment (HTTPS_PROXY, NO_PROXY ...), an authority from our settings."""
    context = ssl.create_default_context()
    if settings.ca_file:
        _trust(context, settings.ca_file)
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(cafile=str(ca_file))
    except OSError as error:
        raise ToolError(
            "tool-ca-file",
            "The file of a certificate authority cannot be used",
            f"{ca_file}: {error.strerror or error}",
            "AIOTCTL_CA_FILE (or else SSL_CERT_FILE) names a file of PEM certificates that can be read.",
        ) from error


def _is_final(error: Exception) -> bool:
    """Asking again would not help."""
    if isinstance(error, urllib.error.HTTPError):
        return 400 <= error.code < 500 and error.code not in (408, 429)
    return isinstance(error, urllib.error.URLError) and isinstance(error.reason, ssl.SSLCertVerificationError)


def _unreachable(pin: Pin, url: str, error: Exception) -> ToolError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, urllib.error.HTTPError):
        reason = f"the server answers {error.code} {error.reason}"
    remedy = "Look at the network, and at HTTPS_PROXY and NO_PROXY where a proxy stands between."
    if isinstance(reason, ssl.SSLCertVerificationError):
        remedy = "Where a company's own authority signs, name its certificate: AIOTCTL_CA_FILE=/path/ca.pem"
    if isinstance(error, http.client.IncompleteRead):
        reason = f"the connection ended {error.expected} bytes too early"
    return ToolError(
        "tool-download", "A program could not be downloaded", f"{pin.name}: {url}: {reason}", remedy
    )


def _extract(pin: Pin, member: str, archive: Path, program: Path) -> None:
    with tarfile.open(archive) as tar:
        for entry in tar:
            if PurePosixPath(entry.name) == PurePosixPath(member) and entry.isfile():
                content = tar.extractfile(entry)
                assert content is not None
                with content, program.open("wb") as file:
                    shutil.copyfileobj(content, file)
                program.chmod(0o755)
                return
    raise ToolError(
        "tool-archive",
        "A downloaded archive does not hold the program",
        f"{member} is not in the archive of {pin.name} {pin.version}.",
        "Report it: the pin and the archive disagree.",
    )
