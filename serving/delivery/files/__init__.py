"""Lists as files: sheets, pages to print, and the filled sheet coming back."""
