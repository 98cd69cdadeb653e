"""Kill -9 of aiotctl, of Ansible, of the network, of a host amid an apply: the next one goes on."""
