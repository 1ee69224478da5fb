"""The book's own machinery: its ledger of numbers, checks of results, and exercises."""
