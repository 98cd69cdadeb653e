"""pyinfra's own connector to this machine, for more than one host: ``@folder/NAME``."""

from pyinfra.connectors.local import LocalConnector


class FolderConnector(LocalConnector):
    """Commands run here; the data of a host say which folder it is."""

    @staticmethod
    def make_names_data(name=None):
        """One host of that name."""
        yield f"@folder/{name}", {}, []
