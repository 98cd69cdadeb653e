"""Clouds that are not there: providers whose resource types are those of the official SDKs.

`install` makes the programs that Pulumi's engine starts (``pulumi-resource-aws`` and its like); what they are
told to do wrong stands in a file (`control`), what they hold in a folder (`state`).
"""
