namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// How much of the log goes in one message: until either bound is reached, and so at most one batch more. In JSON a character takes up to six
/// bytes: no message has more than 12 MiB, which every broker takes by its own defaults, and most have some hundred KB.
/// </summary>
internal static class MessageSize
{
    /// <summary>Keys and tags.</summary>
    public const int Names = 10_000;

    /// <summary>Characters of keys and tags.</summary>
    public const int Characters = 1_024 * 1_024;

    /// <summary>Splits batches into the messages that they go in, in their order.</summary>
    public static IEnumerable<IReadOnlyList<PurgeBatch>> Split(IEnumerable<PurgeBatch> batches)
    {
        var (message, names, characters) = (new List<PurgeBatch>(), 0, 0);
        foreach (var batch in batches)
        {
            message.Add(batch);
            names += batch.Names;
            characters += batch.Characters;
            if (names < Names && characters < Characters)
                continue;
            yield return message;
            (message, names, characters) = ([], 0, 0);
        }

        if (message.Count > 0)
            yield return message;
    }
}
