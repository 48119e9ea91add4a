"""HTML to PDF, workbooks and charts.

What is printed is built by the documents.py of each app.
"""
