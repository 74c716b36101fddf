"""How samples are drawn, prepared and put together into batches."""
