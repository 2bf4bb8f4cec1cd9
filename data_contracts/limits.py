"""The largest file the gate opens: beyond these it is a bomb or a mistake, and is refused unread.

A full month of a district of 1,000,000 households stays below a third of each. A department with more
sends several files.
"""

MAX_FILE_BYTES = 2_000_000_000
"""Text and Parquet, as they lie on disk. The register of 1,000,000 households is about 0.4 GB of CSV."""
MAX_ROWS = 10_000_000
"""Rows of one file; 1,000,000 households have about 3,500,000 utility accounts and 2,000,000 bills a month."""
MAX_COLUMNS = 500
"""Columns of one file; the widest contract has about twenty."""
MAX_LINE_BYTES = 1 << 20
"""One line of CSV or JSON; also how much text is read at a time, so a file without line ends costs one line."""
MAX_UNPACKED_BYTES = 2_000_000_000
"""Parquet after decompression, as its footer tells."""

MAX_WORKBOOK_BYTES = 30_000_000
"""An XLSX file as it lies on disk."""
MAX_WORKBOOK_UNPACKED_BYTES = 300_000_000
"""All parts of a workbook after decompression; a sheet of 300,000 rows and ten columns."""
MAX_WORKBOOK_RATIO = 100
"""Unpacked over packed size of one part of more than ``WORKBOOK_RATIO_FROM_BYTES``; spreadsheets reach 10 to 40."""
WORKBOOK_RATIO_FROM_BYTES = 5_000_000
MAX_SHARED_TEXT_BYTES = 60_000_000
"""The table of texts of a workbook, which is held in memory whole."""
MAX_SHEET_ROWS = 1_048_576
"""What a spreadsheet can hold; a row numbered beyond it would be reached through as many empty ones."""
