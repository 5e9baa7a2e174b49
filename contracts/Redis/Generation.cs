namespace LastMile.Events.Redis;

/// <summary>Makes tag generations distinct. Readers compare generations for equality only, so none may ever equal an earlier one.</summary>
internal static class Generation
{
    // 62 of a GUID's 122 random bits are enough: a collision would have to meet an entry of the same tag that is still cached.
    private const int Length = 16;

    /// <summary>Returns a text that no other call returns.</summary>
    public static string NewSuffix() => Guid.NewGuid().ToString("N")[^Length..];

    /// <summary>Returns a generation that is older than any purge's, so that every purge renews it.</summary>
    public static string NewOldest() => "0-0-" + NewSuffix();
}
