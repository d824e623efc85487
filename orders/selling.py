"""Through which channel a store sells."""

from commerce.channels.models import Location, SalesChannel
from commerce.rest.selling import NoSalesChannel


def selling_channel(store: Location) -> SalesChannel:
    """The sales channel that sells in a store; raises NoSalesChannel."""
    channel = SalesChannel.objects.filter(kind=SalesChannel.Kind.STORE, locations=store).first()
    if channel is None:
        raise NoSalesChannel("nothing is sold through this store yet; the back office must set it up")
    return channel
