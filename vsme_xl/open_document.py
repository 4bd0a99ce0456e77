"""What an OpenDocument spreadsheet (.ods) says about itself, and the condition of its cells."""

from vsme_xl.open_xml import Directory
from vsme_xl.workbook_parts import Package


def read_open_document(package: Package) -> Directory:
    raise NotImplementedError
