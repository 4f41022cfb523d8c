"""localstripe, a fake of Stripe that others wrote, with what invoices that are sent need and it lacks: `collection_method`,
`finalize`, items of one invoice, a page to pay on, paying without a card, refunds of it, addresses that must be there, and
keys that hold for one question alone."""

import sys

from localstripe import resources
from localstripe.errors import UserError
from localstripe.webhooks import schedule_webhook

Invoice, InvoiceItem = resources.Invoice, resources.InvoiceItem


@classmethod
def create(cls, customer=None, collection_method=None, days_until_due=None, auto_advance=None, currency=None,
           pending_invoice_items_behavior=None, description=None, metadata=None):
    if not resources.Customer._api_retrieve(customer).email:
        raise UserError(400, "Missing email. In order to create invoices that are sent to the customer, the customer must have a valid email.")
    made = cls(customer=customer, description=description, metadata=metadata)
    made.refunded = 0
    made.collection_method, made.currency, made.paid_by_hand = collection_method, currency, 0
    made.hosted_invoice_url = f"https://invoice.stripe.test/{made.id}"
    return made


Invoice._api_create = create
Invoice.amount_paid = property(lambda self: getattr(self, "paid_by_hand", 0))
Invoice.amount_remaining = property(lambda self: max(0, self.total - self.amount_paid))
usual_status = Invoice.status.fget
Invoice.status = property(
    lambda self: "paid" if not self._draft and self.amount_paid >= self.total > 0 else "draft" if self._draft else usual_status(self)
)

usual_item = InvoiceItem.__init__


def item(self, invoice=None, **data):
    usual_item(self, invoice=invoice, **data)
    if invoice is not None:
        Invoice._api_retrieve(invoice).lines._list.append(resources.InvoiceLineItem(self))


InvoiceItem.__init__ = item


def finalize(id, auto_advance=None):
    made = Invoice._api_retrieve(id)
    if made._draft:
        made._draft = False
    return made


def pay(id, amount):
    made = Invoice._api_retrieve(id)
    made.paid_by_hand += int(amount)
    schedule_webhook(resources.Event("invoice.payment_succeeded", made))
    return made


def give_back(id, amount):
    made = Invoice._api_retrieve(id)
    made.refunded += int(amount)
    return made


Invoice.charge = property(
    lambda self: {"object": "charge", "id": "ch_1", "amount_refunded": self.refunded, "disputed": False} if self.amount_paid else None
)
usual_export = Invoice._export


def export(self, expand=None):
    # The charge is whole already.
    return usual_export(self, expand=[e for e in expand or [] if e != "charge"] or None)


Invoice._export = export
resources.extra_apis.extend(
    (
        ("POST", "/v1/invoices/{id}/finalize", finalize),
        ("POST", "/v1/invoices/{id}/pay_by_hand", pay),
        ("POST", "/v1/invoices/{id}/give_back", give_back),
    )
)
# One answer for each key, as Stripe gives it.
from aiohttp import web  # noqa: E402
from localstripe import server  # noqa: E402

answers = {}


@web.middleware
async def once(request, handler):
    if request.path == "/_forget_keys":
        answers.clear()
        return web.Response()
    key, asked = request.headers.get("idempotency-key"), await request.read()
    if key in answers:
        before, answer = answers[key]
        if before != asked:
            return web.json_response({"error": {"message": "Keys for idempotent requests can only be used with the same parameters."}}, status=400)
        return web.Response(body=answer, content_type="application/json")
    response = await handler(request)
    if key and response.status == 200:
        answers[key] = (asked, response.body if isinstance(response.body, bytes) else response.text.encode())
    return response


server.app.middlewares.append(once)
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
