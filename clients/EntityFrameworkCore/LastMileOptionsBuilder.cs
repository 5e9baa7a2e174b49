using Microsoft.EntityFrameworkCore;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Options of <c>UseLastMile</c>.</summary>
public sealed class LastMileOptionsBuilder
{
    internal LastMileOptionsBuilder(Func<DbContext, string?>? actor) => ActorOf = actor;

    internal Func<DbContext, string?>? ActorOf { get; private set; }

    /// <summary>
    /// Says who changes data: a user's or a job's name. It travels with the change, as the current trace does, into the outbox and on to
    /// <c>PurgeApplied</c>, without a round trip of its own. Default: nobody is named.
    /// </summary>
    /// <param name="actor">Called at each <c>SaveChanges</c>, <c>ExecuteUpdate</c> and <c>ExecuteDelete</c>; null for nobody.</param>
    public LastMileOptionsBuilder Actor(Func<string?> actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return Actor(_ => actor());
    }

    /// <inheritdoc cref="Actor(Func{string})" />
    /// <param name="actor">Called with the context that saves, as for pooled contexts, which share their options.</param>
    public LastMileOptionsBuilder Actor(Func<DbContext, string?> actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ActorOf = actor;
        return this;
    }
}
