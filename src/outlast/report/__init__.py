"""What leaves: workbook, page, charts."""
