"""What users take away from runs: the HTML report, and the forms that continuous integration reads."""
