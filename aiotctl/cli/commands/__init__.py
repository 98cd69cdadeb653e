"""One module a command; its name is the command's, its first line what ``aiotctl --help`` says of it."""
