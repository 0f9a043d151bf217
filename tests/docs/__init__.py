"""The pages of the repository, held to the code."""
