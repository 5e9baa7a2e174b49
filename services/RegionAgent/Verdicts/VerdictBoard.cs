namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>The current verdict, with an event for each new one.</summary>
internal sealed class VerdictBoard
{
    private volatile VerdictState current;

    public VerdictBoard(TimeProvider time) => current = VerdictState.Start(new Moment(TimeSpan.Zero, time.GetUtcNow()));

    /// <summary>Raised with each new state.</summary>
    public event EventHandler? Changed;

    /// <summary>The current state.</summary>
    public VerdictState Current
    {
        get => current;
        set
        {
            current = value;
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }
}
