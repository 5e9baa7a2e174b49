using Microsoft.EntityFrameworkCore;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Options of <c>UseLastMile</c>.</summary>
public sealed class LastMileOptionsBuilder
{
    internal LastMileOptionsBuilder(Func<DbContext, string?>? actor) => ActorOf = actor;

    internal Func<DbContext, string?>? ActorOf { get; private set; }

    /// <summary>
    /// Sets the function that names the actor of a change, such as a user or a job. The outbox and <c>PurgeApplied</c> contain the name
    /// together with the current trace. It costs no additional round trip. Default: no actor.
    /// </summary>
    /// <param name="actor">
    /// Called at each <c>SaveChanges</c>, <c>ExecuteUpdate</c> and <c>ExecuteDelete</c>; returns null for no actor.
    /// </param>
    public LastMileOptionsBuilder Actor(Func<string?> actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return Actor(_ => actor());
    }

    /// <inheritdoc cref="Actor(Func{string})" />
    /// <param name="actor">Called with the saving context; needed for pooled contexts, which share their options.</param>
    public LastMileOptionsBuilder Actor(Func<DbContext, string?> actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ActorOf = actor;
        return this;
    }
}
