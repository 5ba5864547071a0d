"""The steps of the Theory page, one a module; each has one `show(run)`."""
