namespace LastMile.Events.Invalidator.Changes;

/// <summary>
/// The limits of one message. The batch that reaches a limit is the message's last one. A character takes up to six bytes in JSON, so no
/// message exceeds 12 MiB, which every broker accepts by default. A full message usually has several hundred KB.
/// </summary>
internal static class MessageSize
{
    /// <summary>The number of keys and tags that ends a message.</summary>
    public const int Names = 10_000;

    /// <summary>The number of characters of keys and tags that ends a message.</summary>
    public const int Characters = 1_024 * 1_024;

    /// <summary>Splits batches into messages, in order.</summary>
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
