"""Pictures that people send us, such as one of a broken cup."""

from django.db import models

from commerce.ids import PublicIdField


class Photo(models.Model):
    """A picture as we drew it anew: JPEG, at most 1600 pixels wide or high, without place, camera or any other note.

    It lies in the database, so that it is kept, restored and erased together with what it shows.
    """

    public_id = PublicIdField()
    content = models.BinaryField(help_text="JPEG; empty once it is erased")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    taken_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(width__gt=0, height__gt=0), name="photo_has_size"),
        ]

    def __str__(self) -> str:
        return self.public_id
