namespace LastMile.Events.Redis;

/// <summary>
/// Makes tag generations unique. Readers only compare generations for equality, so no generation may ever equal an earlier one.
/// </summary>
internal static class Generation
{
    // 62 of a GUID's 122 random bits are enough: a collision only matters while an entry of the same tag is still cached.
    private const int Length = 16;

    /// <summary>Returns a unique text.</summary>
    public static string NewSuffix() => Guid.NewGuid().ToString("N")[^Length..];

    /// <summary>Returns a unique generation that is older than any purge, so every purge renews it.</summary>
    public static string NewOldest() => "0-0-" + NewSuffix();
}
