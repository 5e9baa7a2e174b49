using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>The trace and the actor of a save, for its outbox rows.</summary>
internal readonly record struct SavingContext(string? TraceParent, string? Actor)
{
    /// <summary>The name of the parameter that holds <see cref="TraceParent"/>.</summary>
    public const string TraceParentParameter = "lastmile_traceparent";

    /// <summary>The name of the parameter that holds <see cref="Actor"/>.</summary>
    public const string ActorParameter = "lastmile_actor";

    /// <summary>
    /// Sets both for the rest of the transaction; the column defaults of the outbox read them. It precedes a command's statements in the
    /// same message to the server. So it costs no round trip and is in the same transaction, even an implicit one.
    /// </summary>
    public const string Statement =
        $"SELECT set_config('lastmile.traceparent', @{TraceParentParameter}, true), set_config('lastmile.actor', @{ActorParameter}, true);";

    /// <summary>Whether the save has neither a trace nor an actor.</summary>
    public bool IsEmpty => TraceParent is null && Actor is null;

    public static SavingContext Of(DbContext context)
    {
        var options = context.GetService<IDbContextOptions>().FindExtension<LastMileOptionsExtension>();
        var activity = Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;
        return new SavingContext(activity, options?.Actor?.Invoke(context));
    }
}
