"""What the HTTP doors take and answer, as data: one table per noun, one document from all of them."""
