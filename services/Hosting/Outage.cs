namespace LastMile.Events.Hosting;

/// <summary>
/// A failure that is retried until it ends. It is reported once when it begins and once when it ends, however many attempts fail in
/// between. Thread-safe.
/// </summary>
/// <param name="time">The clock that the outage is measured by.</param>
/// <param name="begins">Logs the beginning, with the reason as a sentence.</param>
/// <param name="ends">Logs the end, with the duration.</param>
public sealed class Outage(TimeProvider time, Action<string> begins, Action<TimeSpan> ends)
{
    private readonly Lock gate = new();
    private long? since;

    /// <summary>Records a failed attempt.</summary>
    /// <param name="failure">The failure.</param>
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

    /// <summary>Records a successful attempt.</summary>
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
