"""What `unipose VERB` takes, one light module each; what it does is imported when it is done."""
