"""The form of products: a file of them."""

from __future__ import annotations

from django.utils.html import format_html

from kindling.kit.forms import Form, UploadField
from kindling.products.service import COLUMNS


class ImportProductsForm(Form):
    file = UploadField(
        label="CSV file",
        accept=".csv,text/csv",
        help_text=format_html(
            "Columns: <code>{}</code>. An existing SKU is updated.", ", ".join(COLUMNS)
        ),
    )
