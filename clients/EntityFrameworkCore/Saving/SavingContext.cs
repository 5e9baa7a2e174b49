using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>Who saves, and in which trace: what the outbox rows of a save carry.</summary>
internal readonly record struct SavingContext(string? TraceParent, string? Actor)
{
    /// <summary>The name of the parameter that holds <see cref="TraceParent"/>.</summary>
    public const string TraceParentParameter = "lastmile_traceparent";

    /// <summary>The name of the parameter that holds <see cref="Actor"/>.</summary>
    public const string ActorParameter = "lastmile_actor";

    /// <summary>
    /// Sets both for the rest of the transaction. It goes in front of a command's own statements, in the same message to the server: so
    /// it costs no round trip, and it is in the same transaction, an implicit one included. The defaults of the outbox's columns read it.
    /// </summary>
    public const string Statement =
        $"SELECT set_config('lastmile.traceparent', @{TraceParentParameter}, true), set_config('lastmile.actor', @{ActorParameter}, true);";

    /// <summary>Whether there is anything to carry.</summary>
    public bool IsEmpty => TraceParent is null && Actor is null;

    public static SavingContext Of(DbContext context)
    {
        var options = context.GetService<IDbContextOptions>().FindExtension<LastMileOptionsExtension>();
        var activity = Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;
        return new SavingContext(activity, options?.Actor?.Invoke(context));
    }
}
