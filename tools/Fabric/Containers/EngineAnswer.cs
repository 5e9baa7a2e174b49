namespace LastMile.Events.Fabric;

/// <summary>What a Docker engine says of itself.</summary>
/// <param name="ApiVersion">The newest version of its API that it speaks, as <c>1.41</c>; null where it does not say.</param>
internal sealed record EngineAnswer(string? ApiVersion)
{
    /// <summary>The API version that the library requests by default.</summary>
    public const string LibraryVersion = "1.44";

    /// <summary>The version to ask an older engine for, because it refuses a newer one than its own; null to leave the library's.</summary>
    public string? VersionToUse =>
        Version.TryParse(ApiVersion, out var own) && own < Version.Parse(LibraryVersion) ? ApiVersion : null;
}
