namespace LastMile.Events.Messages;

/// <summary>What a change was part of and who made it, as the application said: for traces and for people. No decision is taken on it.</summary>
/// <param name="TraceParent">
/// The change's place in a trace, in the form of W3C Trace Context (<c>00-{trace}-{span}-{flags}</c>, 55 characters); null when the
/// application gave none, or something else.
/// </param>
/// <param name="Actor">
/// Who or what made the change, such as <c>user:42</c> or <c>nightly-import</c>: at most <see cref="Limits.ActorLength"/> characters,
/// none of them a control character; null when the application did not say.
/// </param>
public sealed record ChangeOrigin(string? TraceParent, string? Actor);
