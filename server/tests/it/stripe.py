"""localstripe, a fake of Stripe that others wrote, with what invoices that are sent need and it lacks: `collection_method`,
`finalize`, items of one invoice, a page to pay on, and paying without a card."""

import sys

from localstripe import resources
from localstripe.webhooks import schedule_webhook

Invoice, InvoiceItem = resources.Invoice, resources.InvoiceItem


@classmethod
def create(cls, customer=None, collection_method=None, days_until_due=None, auto_advance=None, currency=None,
           pending_invoice_items_behavior=None, description=None, metadata=None):
    made = cls(customer=customer, description=description, metadata=metadata)
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


resources.extra_apis.extend((("POST", "/v1/invoices/{id}/finalize", finalize), ("POST", "/v1/invoices/{id}/pay_by_hand", pay)))
# One answer for each key, as Stripe gives it.
from aiohttp import web  # noqa: E402
from localstripe import server  # noqa: E402

answers = {}


@web.middleware
async def once(request, handler):
    key = request.headers.get("idempotency-key")
    if key in answers:
        return web.Response(body=answers[key], content_type="application/json")
    response = await handler(request)
    if key and response.status == 200:
        answers[key] = response.body if isinstance(response.body, bytes) else response.text.encode()
    return response


server.app.middlewares.append(once)
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
