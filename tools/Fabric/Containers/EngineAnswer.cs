namespace LastMile.Events.Fabric;

/// <summary>A Docker engine's reply to a ping.</summary>
/// <param name="ApiVersion">The newest API version that it supports, such as <c>1.41</c>; null if it does not report one.</param>
internal sealed record EngineAnswer(string? ApiVersion)
{
    /// <summary>The API version that Testcontainers requests by default.</summary>
    public const string LibraryVersion = "1.44";

    /// <summary>
    /// The version to request from an older engine, because it rejects newer versions than its own; null to use the default.
    /// </summary>
    public string? VersionToUse =>
        Version.TryParse(ApiVersion, out var own) && own < Version.Parse(LibraryVersion) ? ApiVersion : null;
}
