namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>Where the current verdict is read.</summary>
internal sealed class VerdictBoard
{
    private volatile VerdictState current;

    public VerdictBoard(TimeProvider time) => current = VerdictState.Start(new Moment(TimeSpan.Zero, time.GetUtcNow()));

    /// <summary>Raised with each judgement.</summary>
    public event EventHandler? Changed;

    /// <summary>The newest.</summary>
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
