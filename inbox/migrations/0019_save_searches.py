from django.db import migrations


def save_searches(apps, schema_editor):
    """What was listened to as words of a channel becomes a search of its own."""
    stream_model = apps.get_model("inbox", "Stream")
    search_model = apps.get_model("inbox", "SavedSearch")
    for channel in apps.get_model("inbox", "Channel").objects.order_by("pk"):
        streams = list(stream_model.objects.filter(channel=channel, name__startswith="hashtag:"))
        if not streams:
            continue
        stream_model.objects.filter(pk__in=[stream.pk for stream in streams]).update(
            is_listening=True
        )
        search = search_model.objects.create(
            name=f"{channel.name[:40]} {channel.pk}",
            hashtags=[stream.name.partition(":")[2] for stream in streams],
        )
        search.channels.set([channel])
        search.streams.set(streams)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0018_listening")]
    operations = [migrations.RunPython(save_searches, migrations.RunPython.noop)]
