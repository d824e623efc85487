"""The life of a return; orders.returns.steps takes the steps."""

from orders.lifecycle import table
from orders.returns.models import Return

Status = Return.Status

# A step back undoes a slip: what was scanned in by mistake is announced again, what was judged wrongly is judged again.
RETURN = table(
    {
        Status.STARTED: {Status.REQUESTED, Status.CANCELED},
        Status.REQUESTED: {Status.RECEIVED, Status.CANCELED},
        Status.RECEIVED: {Status.INSPECTED, Status.REQUESTED},
        Status.INSPECTED: {Status.SETTLED, Status.RECEIVED},
    },
    ends=[Status.SETTLED, Status.CANCELED],
)
