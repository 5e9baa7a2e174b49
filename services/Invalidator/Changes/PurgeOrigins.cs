using System.Diagnostics;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Changes;

/// <summary>The distinct origins of the changes that are purged together. Ignores empty origins, and those above the limit.</summary>
internal sealed class PurgeOrigins
{
    /// <summary>The length of a W3C trace context in characters; a later version may append to it.</summary>
    public const int TraceParentLength = 55;

    private readonly HashSet<ChangeOrigin> origins = [];

    public IReadOnlyCollection<ChangeOrigin> All => origins;

    /// <summary>Adds the origin of a change, as the application gave it.</summary>
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

        var context = traceParent[..TraceParentLength];
        return ActivityContext.TryParse(context, traceState: null, out _) ? context : null;
    }
}
