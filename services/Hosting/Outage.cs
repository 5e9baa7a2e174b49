namespace LastMile.Events.Hosting;

/// <summary>
/// Something that fails and is retried until it works: reported once when it begins and once when it ends, however many attempts fail in
/// between. Thread-safe.
/// </summary>
/// <param name="time">The clock that the outage is measured by.</param>
/// <param name="begins">Logs that it begins, with the reason: a sentence.</param>
/// <param name="ends">Logs that it has ended, with how long it lasted.</param>
public sealed class Outage(TimeProvider time, Action<string> begins, Action<TimeSpan> ends)
{
    private readonly Lock gate = new();
    private long? since;

    /// <summary>Takes note of an attempt that failed.</summary>
    /// <param name="failure">Why.</param>
    public void Failed(Exception failure)
    {
        lock (gate)
        {
            if (since is not null)
                return;
            since = time.GetTimestamp();
        }

        begins(failure.Reason());
    }

    /// <summary>Takes note of an attempt that succeeded.</summary>
    public void Succeeded()
    {
        TimeSpan lasted;
        lock (gate)
        {
            if (since is not { } begin)
                return;
            lasted = time.GetElapsedTime(begin);
            since = null;
        }

        ends(lasted);
    }
}
