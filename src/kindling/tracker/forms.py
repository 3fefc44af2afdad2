"""Forms of the tracker import: the file, and where its video codes are bound."""

from __future__ import annotations

from kindling.authorizations.forms import AccountField, AccountForm
from kindling.kit.forms import Form, UploadField


class TrackerFileForm(Form):
    file = UploadField(
        label="Excel or CSV file",
        accept=".xlsx,.csv,.tsv,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        help_text="Up to 5 MB and 5,000 lines. Of an Excel file every visible sheet is read.",
    )


class ImportTrackerForm(AccountForm):
    ad_account = AccountField(label="Ad account for the codes")
