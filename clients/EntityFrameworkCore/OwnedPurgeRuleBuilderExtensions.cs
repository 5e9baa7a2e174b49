using System.Linq.Expressions;
using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Declares on an owned type the keys and tags that a change of it purges from every region's cache.</summary>
/// <remarks>
/// Placeholders name properties of the owned type, including shadow properties. So <c>customer:{CustomerId}</c> on a customer's addresses
/// in a separate table purges the customer. Rules of an owned type in its owner's table are combined with the owner's rules.
/// </remarks>
/// <seealso cref="PurgeRuleBuilderExtensions" />
public static class OwnedPurgeRuleBuilderExtensions
{
    /// <inheritdoc cref="PurgeRuleBuilderExtensions.PurgesKey{TEntity}" />
    /// <typeparam name="TOwner">The entity that owns the type.</typeparam>
    /// <typeparam name="TOwned">The owned type.</typeparam>
    /// <param name="owned">The owned type's builder.</param>
    /// <param name="template">The key, such as <c>customer:{CustomerId}</c>.</param>
    public static OwnedNavigationBuilder<TOwner, TOwned> PurgesKey<TOwner, TOwned>(
        this OwnedNavigationBuilder<TOwner, TOwned> owned,
        string template)
        where TOwner : class
        where TOwned : class =>
        Declare(owned, PurgeRuleAnnotations.Keys, template);

    /// <inheritdoc cref="PurgeRuleBuilderExtensions.PurgesTag{TEntity}" />
    /// <typeparam name="TOwner">The entity that owns the type.</typeparam>
    /// <typeparam name="TOwned">The owned type.</typeparam>
    /// <param name="owned">The owned type's builder.</param>
    /// <param name="template">The tag, such as <c>city:{City}</c>.</param>
    public static OwnedNavigationBuilder<TOwner, TOwned> PurgesTag<TOwner, TOwned>(
        this OwnedNavigationBuilder<TOwner, TOwned> owned,
        string template)
        where TOwner : class
        where TOwned : class =>
        Declare(owned, PurgeRuleAnnotations.Tags, template);

    /// <inheritdoc
    /// cref="PurgeRuleBuilderExtensions.IgnoresChangesTo{TEntity}(EntityTypeBuilder{TEntity}, Expression{Func{TEntity, object}}[])" />
    /// <typeparam name="TOwner">The entity that owns the type.</typeparam>
    /// <typeparam name="TOwned">The owned type.</typeparam>
    /// <param name="owned">The owned type's builder.</param>
    /// <param name="properties">The properties, such as <c>a => a.Note</c>.</param>
    public static OwnedNavigationBuilder<TOwner, TOwned> IgnoresChangesTo<TOwner, TOwned>(
        this OwnedNavigationBuilder<TOwner, TOwned> owned,
        params Expression<Func<TOwned, object?>>[] properties)
        where TOwner : class
        where TOwned : class =>
        Declare(owned, PurgeRuleAnnotations.Ignored, [.. properties.Select(PropertyExpression.NameOf)]);

    /// <inheritdoc cref="PurgeRuleBuilderExtensions.CapturesStrictly{TEntity}" />
    /// <typeparam name="TOwner">The entity that owns the type.</typeparam>
    /// <typeparam name="TOwned">The owned type.</typeparam>
    /// <param name="owned">The owned type's builder.</param>
    public static OwnedNavigationBuilder<TOwner, TOwned> CapturesStrictly<TOwner, TOwned>(this OwnedNavigationBuilder<TOwner, TOwned> owned)
        where TOwner : class
        where TOwned : class
    {
        ArgumentNullException.ThrowIfNull(owned);
        PurgeRuleDeclarer.DeclareStrict(owned.OwnedEntityType);
        return owned;
    }

    /// <inheritdoc cref="PurgeRuleBuilderExtensions.HasPurgeName{TEntity}" />
    /// <typeparam name="TOwner">The entity that owns the type.</typeparam>
    /// <typeparam name="TOwned">The owned type, in a separate table.</typeparam>
    /// <param name="owned">The owned type's builder.</param>
    /// <param name="name">The name, such as <c>shop_a.Phone</c>.</param>
    public static OwnedNavigationBuilder<TOwner, TOwned> HasPurgeName<TOwner, TOwned>(
        this OwnedNavigationBuilder<TOwner, TOwned> owned,
        string name)
        where TOwner : class
        where TOwned : class
    {
        ArgumentNullException.ThrowIfNull(owned);
        PurgeRuleDeclarer.DeclareName(owned.OwnedEntityType, name);
        return owned;
    }

    private static OwnedNavigationBuilder<TOwner, TOwned> Declare<TOwner, TOwned>(
        OwnedNavigationBuilder<TOwner, TOwned> owned,
        string annotation,
        params string[] declared)
        where TOwner : class
        where TOwned : class
    {
        ArgumentNullException.ThrowIfNull(owned);
        PurgeRuleDeclarer.Declare(owned.OwnedEntityType, annotation, declared);
        return owned;
    }
}
