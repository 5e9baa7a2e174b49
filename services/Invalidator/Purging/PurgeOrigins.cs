using System.Diagnostics;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>The distinct origins of the changes that are purged together. Takes anything: what says nothing, or is one too many, is left out.</summary>
internal sealed class PurgeOrigins
{
    /// <summary>Characters of a trace context in the form of W3C; a later version may append to them.</summary>
    public const int TraceParentLength = 55;

    private readonly HashSet<ChangeOrigin> origins = [];

    public IReadOnlyCollection<ChangeOrigin> All => origins;

    /// <summary>Adds what an application said of a change.</summary>
    public void Add(string? traceParent, string? actor)
    {
        if ((traceParent is null && actor is null) || origins.Count == Limits.OriginsPerBatch)
            return;

        var origin = new ChangeOrigin(Trace(traceParent), string.IsNullOrEmpty(actor) ? null : Truncation.Of(actor, Limits.ActorLength));
        if (origin is not { TraceParent: null, Actor: null })
            origins.Add(origin);
    }

    public void Add(PurgeOrigins others)
    {
        foreach (var origin in others.origins.Take(Limits.OriginsPerBatch - origins.Count))
            origins.Add(origin);
    }

    public void Add(IEnumerable<ChangeOrigin> others)
    {
        foreach (var origin in others)
            Add(origin.TraceParent, origin.Actor);
    }

    private static string? Trace(string? traceParent)
    {
        if (traceParent is not { Length: >= TraceParentLength })
            return null;

        var form = traceParent[..TraceParentLength];
        return ActivityContext.TryParse(form, traceState: null, out _) ? form : null;
    }
}
