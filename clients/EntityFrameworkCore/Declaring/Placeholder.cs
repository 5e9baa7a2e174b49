namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>A placeholder as capture knows it.</summary>
/// <param name="Name">As it stands in the tracked template: <c>Slug</c>, <c>Address.City</c>; <c>Product.Slug</c> for a joined one.</param>
/// <param name="Column">Its column, in the captured table or in the joined one.</param>
/// <param name="Reference">The part of the name that stands for the join; null for a column of the captured table.</param>
/// <param name="Join">The joined table; null for a column of the captured one.</param>
internal sealed record Placeholder(string Name, string Column, string? Reference = null, CaptureJoin? Join = null)
{
    public override string ToString() => Join is null ? $"the column {Column}" : $"the column {Column} of {Join}";
}
