"""The report in the words of other documents: model cards, and a record of where it comes from."""
