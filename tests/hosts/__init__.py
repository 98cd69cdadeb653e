"""Linux hosts to test against: Debian 12 with systemd and sshd, each a container of podman.

Needs root and a few packages: ``scripts/hosts.sh setup`` installs them. The image is built once (about two
minutes) and kept under a digest of its recipe in /var/lib/aiotctl-lab, as the lab of `stacks/lab` is.

In a test::

    def test_it(fleet: Fleet) -> None:           # tests/hosts/conftest.py: three machines for the session
        gateway = fleet["gw-1"]
        gateway.run("systemctl is-active ssh").ok()      # as root, past the network
        place = gateway.place()                  # a HostPlace: address, user ops, key
        monkeypatch.setenv("AIOTCTL_SSH_CONFIG", str(fleet.ssh_config))   # real host keys, strict

``fleet.renew("gw-1")`` gives a machine as new under the same name, address and keys; ``machine.kill()`` is
a power cut, ``start()`` brings it back, ``disconnect()`` and ``connect()`` pull and plug its network cable;
``snapshot()`` tells what is installed and running, and ``before.differences(after)`` compares. Other folders
take the fixture by ``from tests.hosts.conftest import fleet``; ``with new_fleet(["a", "b"])`` makes one of
their own.

By hand::

    python -m tests.hosts up 3          # prints names, addresses and how to log in
    AIOTCTL_TEST_FLEET=hand python -m pytest tests/hosts     # uses these, quicker to begin
    python -m tests.hosts list
    python -m tests.hosts down

Users of each machine: ``ops`` (sudo without a password), ``clerk`` (sudo asks for ``CLERK_PASSWORD`` of
image.py), ``guest`` (no sudo); all take the fleet's key. The packages that the products need lie in apt's
cache of the image, so installing them downloads nothing; nothing of them is installed.

What these machines are not: they share the kernel and the clock, which no machine may set;
``systemd-timesyncd`` refuses to start in a container; and where the machine below has its controllers in
cgroup v1, units cannot be limited in memory or processor. nftables, ``systemd-run``, hardened units and
timers work (a timer fires within a minute of its time unless ``AccuracySec`` says otherwise, as anywhere).
"""
