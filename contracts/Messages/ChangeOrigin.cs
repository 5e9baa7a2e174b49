namespace LastMile.Events.Messages;

/// <summary>The trace and the actor of a change, as the application set them. Informational: LastMile bases no decision on them.</summary>
/// <param name="TraceParent">
/// The change's span in a trace, as W3C Trace Context (<c>00-{trace}-{span}-{flags}</c>, 55 characters); null if the application set
/// none, or set one in another form.
/// </param>
/// <param name="Actor">
/// The user or job that made the change, such as <c>user:42</c> or <c>nightly-import</c>: at most <see cref="Limits.ActorLength"/>
/// characters without control characters; null if the application named none.
/// </param>
public sealed record ChangeOrigin(string? TraceParent, string? Actor);
