namespace LastMile.Events.Invalidator.Changes;

/// <summary>Makes text of unknown origin safe for a log line or a column: bounded and without control characters.</summary>
internal static class Truncation
{
    /// <summary>Returns the beginning of a text, with U+FFFD for each control character.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The maximum number of characters of the result, including the ellipsis that marks a cut.</param>
    public static string Of(string text, int length)
    {
        if (text.Length > length)
        {
            // Never cuts a surrogate pair in two.
            var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
            text = text[..end] + "…";
        }

        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c)) : text;
    }
}
