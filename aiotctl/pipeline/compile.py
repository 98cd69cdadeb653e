"""The whole way from files to a bundle, one stage a line."""
