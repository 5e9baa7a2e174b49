namespace LastMile.Events.Invalidator;

/// <summary>Text that somebody else wrote, made fit for a log line or a column: bounded, and without control characters.</summary>
internal static class Truncation
{
    /// <summary>The beginning of a text, with U+FFFD for each control character.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">How many characters it may have; what is cut off leaves an ellipsis.</param>
    public static string Of(string text, int length)
    {
        if (text.Length > length)
        {
            // Not within a character of two.
            var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
            text = text[..end] + "…";
        }

        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c)) : text;
    }
}
