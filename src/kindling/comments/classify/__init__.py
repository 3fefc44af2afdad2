"""The offline classifier of comments: words in, a category with a calibrated confidence out."""
