using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>The newest watermark that this process has logged or read. A database without it has lost purges. Thread-safe.</summary>
internal sealed class NewestWatermark
{
    private readonly Lock gate = new();
    private Watermark newest;

    /// <summary>The watermark; <c>default</c> for none.</summary>
    public Watermark Value
    {
        get
        {
            lock (gate)
                return newest;
        }
    }

    /// <summary>Records a watermark, unless a newer one is known.</summary>
    public void Record(Watermark watermark)
    {
        lock (gate)
            newest = watermark > newest ? watermark : newest;
    }
}
