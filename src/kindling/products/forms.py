"""The form of products: a file of them."""

from __future__ import annotations

from django.utils.html import format_html

from kindling.kit.forms import Form, TextField, UploadField
from kindling.products.service import COLUMNS


class SelectorsForm(Form):
    """Where a product's landing page says its title, price and stock."""

    title = TextField(label="Title", max_length=300, required=False, attrs={"placeholder": "h1"})
    price = TextField(
        label="Price", max_length=300, required=False, attrs={"placeholder": ".product-price"}
    )
    stock = TextField(
        label="Stock", max_length=300, required=False, attrs={"placeholder": ".availability"},
        help_text="CSS selectors, for a page that does not tell by itself. Empty ones are not looked for.",
    )  # fmt: skip


class ImportProductsForm(Form):
    file = UploadField(
        label="CSV file",
        accept=".csv,text/csv",
        help_text=format_html(
            "Columns: <code>{}</code>. An existing SKU is updated.", ", ".join(COLUMNS)
        ),
    )
